"""HTTP: webhooks, the API of the CRM backend, and the operators' endpoints. Handlers decide nothing."""
