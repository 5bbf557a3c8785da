"""One package per outside party; none knows another, nor state, nor a pipeline."""
