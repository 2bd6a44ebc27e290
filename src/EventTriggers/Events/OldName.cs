namespace EventTriggers.Events;

/// <summary>
/// A wire name that the events of a payload type had before. Their payloads are the current ones, unless a derived class says otherwise.
/// </summary>
/// <param name="payloadType">The payload type.</param>
/// <param name="name">The old wire name; for an upcaster it may be the current one.</param>
internal class OldName(Type payloadType, string name)
{
    /// <summary>
    /// The most names that a type may have beside its own: all of them are stored with each trigger that waits for the type.
    /// </summary>
    public const int MostAliases = 16;

    public Type PayloadType => payloadType;

    public string Name => name;

    /// <summary>Gets a value indicating whether the payloads of such events are the current ones.</summary>
    public virtual bool IsAlias => true;
}
