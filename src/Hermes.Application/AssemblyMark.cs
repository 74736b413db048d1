namespace Hermes.Application;

/// <summary>Names this assembly for scans.</summary>
public static class AssemblyMark;
