"""What she who asks sees and does."""
