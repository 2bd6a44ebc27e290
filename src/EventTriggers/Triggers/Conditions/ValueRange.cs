namespace EventTriggers.Triggers.Conditions;

/// <summary>The values between two bounds.</summary>
internal readonly record struct ValueRange<T>(T Low, bool LowIsOpen, T High, bool HighIsOpen)
    where T : IComparable<T>
{
    public bool Contains(T value) => IsAbove(value) && !IsBelow(value);

    /// <summary>Determines whether a value lies above the lower end of the range.</summary>
    public bool IsAbove(T value) => value.CompareTo(Low) is var order && (order > 0 || (order == 0 && !LowIsOpen));

    private bool IsBelow(T value) => value.CompareTo(High) is var order && (order > 0 || (order == 0 && HighIsOpen));
}
