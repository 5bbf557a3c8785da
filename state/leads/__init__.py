"""From a notice to what the CRM took: reading, contacts, mappings, deliveries, and what people see of it."""
