namespace EventTriggers.Dashboard.Files;

/// <summary>A file of the pages, with its compressed form.</summary>
internal sealed record UiFile(string ContentType, string Tag, byte[] Content, byte[] Compressed);
