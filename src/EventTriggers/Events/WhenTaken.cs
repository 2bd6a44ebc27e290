using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What happens to an event whose name another event holds, see <see cref="Unique"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WhenTaken>))]
public enum WhenTaken
{
    /// <summary>The other event is kept: this one is not published.</summary>
    Keep,

    /// <summary>
    /// This event takes the place of the other one, which is canceled if it has not begun. If it runs, this one waits until it has ended,
    /// in place of one that waits already and is canceled. An event that holds its name for a time and has begun or ended is kept.
    /// </summary>
    Replace,

    /// <summary>
    /// This event waits if the other one runs: until it has ended. If the other one has not begun, or if one waits already, that one is
    /// kept.
    /// </summary>
    QueueOne,

    /// <summary>
    /// As <see cref="Replace"/>; and if the other event runs, the token of its handler is canceled, as
    /// <see cref="IEventStore.CancelAsync(string, CancellationToken)"/> does. This event begins when it has ended.
    /// </summary>
    CancelRunning,
}
