namespace EventTriggers;

/// <summary>What makes a trigger fire.</summary>
public enum TriggerKind
{
    /// <summary>A moment.</summary>
    At,

    /// <summary>Events of a type.</summary>
    On,
}
