"""From a row of some call log to a Call: words, numbers, times; identity, merging, filters, summaries."""
