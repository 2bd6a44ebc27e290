namespace EventTriggers.Consuming.Execution;

/// <summary>A handler that failed on an attempt.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Exception">Why.</param>
/// <param name="Options">Its own options; <see langword="null"/> for none.</param>
internal readonly record struct FailedHandler(string Name, Exception Exception, HandlerOptions? Options = null);
