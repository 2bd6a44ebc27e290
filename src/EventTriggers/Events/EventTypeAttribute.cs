namespace EventTriggers;

/// <summary>Gives a payload type its wire name.</summary>
/// <param name="name">1–200 characters of <c>A–Z a–z 0–9 . _ : / + -</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface, Inherited = false)]
public sealed class EventTypeAttribute(string name) : Attribute
{
    /// <summary>Gets the wire name.</summary>
    public string Name { get; } = name;
}
