"""What tests share: scenes, people, samples, and tools that read the product's own code."""
