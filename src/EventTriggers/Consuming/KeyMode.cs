using System.Globalization;

namespace EventTriggers.Consuming;

/// <summary>How a group orders by key.</summary>
/// <param name="Places">How many deliveries of one key it handles at a time; 0 where it does not order.</param>
/// <param name="HoldsDead">Whether a key waits behind its dead letter.</param>
internal readonly record struct KeyMode(int Places, bool HoldsDead)
{
    /// <summary>Gets it as subscribe.lua reads it.</summary>
    public override string ToString() =>
        Places == 0 ? string.Empty : Places.ToString(CultureInfo.InvariantCulture) + (HoldsDead ? " hold" : string.Empty);
}
