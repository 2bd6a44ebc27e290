namespace EventTriggers.Testing;

/// <summary>This kind of server is not to be had here.</summary>
internal sealed class ServerNotFoundException(string message, Exception? inner = null) : Exception(message, inner);
