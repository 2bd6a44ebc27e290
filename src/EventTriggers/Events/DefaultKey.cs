namespace EventTriggers.Events;

/// <summary>Finds the key of an event in its payload. Two of the same delegate are equal.</summary>
internal abstract record DefaultKey
{
    /// <summary>Gets the key; <see langword="null"/> for none. It is not checked, and the caller's code may throw any exception.</summary>
    /// <param name="payload">A payload of the type for which it was registered.</param>
    public abstract string? Of(object payload);

    internal sealed record Typed<TEvent>(Func<TEvent, string?> Find) : DefaultKey
        where TEvent : notnull
    {
        public override string? Of(object payload) => Find((TEvent)payload);
    }
}
