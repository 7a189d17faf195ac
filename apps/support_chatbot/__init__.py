"""Support chatbot: says what it understood, asks when it is unsure, and hands over what is not its business."""
