namespace EventTriggers.Redis;

/// <summary>A key holds a value of another type than it must. Calls that need the key work again when the value is removed.</summary>
internal sealed class ForeignKeyException(string message) : InvalidOperationException(message);
