"""Where news comes in: feeds by URL, folders, standard input and events over HTTP, each as items or rejects."""
