using System.Globalization;

namespace EventTriggers.Consuming;

/// <summary>How a group orders by key.</summary>
/// <param name="Places">How many deliveries of one key it handles at a time; 0 where it does not order.</param>
/// <param name="HoldsDead">Whether a key waits behind its dead letter.</param>
/// <param name="MaxBacklog">How many deliveries of one key may wait before publishing is refused; 0 for any number.</param>
internal readonly record struct KeyMode(int Places, bool HoldsDead, int MaxBacklog)
{
    /// <summary>Gets it as subscribe.lua reads it.</summary>
    public override string ToString() =>
        Places == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{Places} {(HoldsDead ? 1 : 0)} {MaxBacklog}");
}
