using System.Text.Json;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Explaining;

/// <summary>A value of a payload, with what it contains.</summary>
/// <param name="kind">The kind of the value.</param>
/// <param name="leaf">The number of a value that contains no others; -1 for arrays and objects.</param>
internal sealed class PayloadNode(JsonTokenType kind, int leaf)
{
    private static readonly Dictionary<byte[], PayloadNode> NoMembers = PayloadText.NewNames<PayloadNode>();

    public JsonTokenType Kind => kind;

    public int Leaf => leaf;

    /// <summary>Gets or sets the first byte of the value in the payload.</summary>
    public int Start { get; set; }

    /// <summary>Gets or sets the number of its bytes.</summary>
    public int Length { get; set; }

    /// <summary>Gets or sets the elements of an array.</summary>
    public IReadOnlyList<PayloadNode> Elements { get; set; } = [];

    /// <summary>Gets or sets the members of an object.</summary>
    public Dictionary<byte[], PayloadNode> Members { get; set; } = NoMembers;
}
