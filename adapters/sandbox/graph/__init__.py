"""The rooms of the Graph sandbox: fields, paging, tokens, login, Pages, leads, batch."""
