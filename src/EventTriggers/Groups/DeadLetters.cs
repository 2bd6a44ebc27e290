using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What happens to the events behind a dead letter, in a group that handles the events of a key in order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeadLetters>))]
public enum DeadLetters
{
    /// <summary>The next event of the key is handled.</summary>
    PassBy,

    /// <summary>
    /// The key waits until somebody redrives the dead letter, which is then handled before the others, or discards it. A dead letter that
    /// is forgotten, because it exceeds <see cref="RedisTriggersOptions.DeadLetterRetention"/> or
    /// <see cref="RedisTriggersOptions.DeadLetterLimit"/>, counts as discarded. Other keys are not affected.
    /// </summary>
    Hold,
}
