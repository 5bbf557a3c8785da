"""What becomes of a form's answers when an admin has said so: rules, their validation, their use on a lead."""
