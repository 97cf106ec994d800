-- The search keeps its words in another form; the program writes them anew while it works.
UPDATE documents SET noted = 0;
