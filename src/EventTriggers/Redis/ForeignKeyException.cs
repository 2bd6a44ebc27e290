namespace EventTriggers.Redis;

/// <summary>A key holds something of another type than it must: what needs it works again when somebody has removed that.</summary>
internal sealed class ForeignKeyException(string message) : InvalidOperationException(message);
