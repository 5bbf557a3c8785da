"""The dashboard: pages for the admins who connect, watch and disconnect accounts."""
