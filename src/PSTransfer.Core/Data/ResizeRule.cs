namespace PSTransfer.Core.Data;

public enum ResizeRule { Crop, Stretch, Pad }
