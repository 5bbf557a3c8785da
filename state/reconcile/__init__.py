"""Reading every form's own list: budgets, watermarks, imports of history, the proof."""
