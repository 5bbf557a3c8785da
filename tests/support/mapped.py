"""A form with questions of its own, its mapping, and leads of it."""

from collections.abc import Mapping, Sequence

from adapters.sandbox.objects import Checkbox, Form, Option, Question
from connector.domain.audit import Actor
from connector.domain.lead import FormId
from connector.domain.mapping.forms import Saved
from connector.domain.mapping.reading import read_mapping
from connector.domain.mapping.rules import FormMapping
from state.leads.mappings import SqlMappings
from support.rooms import MAIN
from support.scene import Scene

ADMIN = Actor(kind="person", name="per_1")
QUESTIONS = (
    Question(key="who", type="FULL_NAME", label="Your name"),
    Question(key="email", type="EMAIL", label="E-mail"),
    Question(key="reach_me", type="CUSTOM", label="Number to call"),
    Question(key="budget", type="CUSTOM", label="Budget"),
    Question(
        key="course",
        type="CUSTOM",
        label="Which course?",
        options=(Option(key="a1", value="Beginners"), Option(key="b1", value="Advanced")),
    ),
)
RULES: list[dict[str, object]] = [
    {"question": "reach_me", "to": "phone", "on_problem": "park"},
    {"question": "budget", "to": "custom", "key": "deal_amount", "type": "number"},
    {
        "question": "course",
        "to": "custom",
        "key": "course_code",
        "type": "choice",
        "options": {"a1": "BEG", "Advanced": "ADV"},
    },
]
ANSWERS = {"who": "Zoë O'Neill", "reach_me": "+14155552671", "budget": "€ 12.500,50", "course": "b1"}


def made(*rules: Mapping[str, object], **more: object) -> FormMapping:
    """Return the mapping of these rules."""
    read = read_mapping({"rules": list(rules), **more})
    assert isinstance(read, FormMapping), read
    return read


def published(scene: Scene, name: str = "Courses", questions: Sequence[Question] = QUESTIONS) -> Form:
    """Publish a form on the scene's first Page."""
    box = Checkbox(key="news", text="Send me news")
    return scene.world.add_form(scene.pages[0], name, questions=questions, checkboxes=(box,), locale="de_DE")


async def save(mappings: SqlMappings, form: Form, mapping: FormMapping, based_on: int = 0) -> Saved:
    """Put a mapping in force."""
    saved = await mappings.save(MAIN, FormId(form.id), mapping, based_on=based_on, actor=ADMIN)
    assert isinstance(saved, Saved)
    return saved


async def lead_comes(scene: Scene, form: Form, email: str, **answers: str) -> str:
    """Have somebody fill the form in, and make a contact of it."""
    lead_id = scene.world.add_lead(
        form, answers={**ANSWERS, "email": email, **answers}, disclaimers={"news": True}
    )
    await scene.rooms.receive(lead_id, page=scene.pages[0].id)
    await scene.read()
    await scene.make_contacts()
    return lead_id
