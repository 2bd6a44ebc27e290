using System.Collections.Concurrent;
using System.Globalization;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>
/// Publishes one event after another, as a careful caller does: under an id of its own, again until it is accepted; and keeps what is
/// handled.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _accepted = new();
    private readonly ConcurrentQueue<string> _handled = new();
    private readonly TimeSpan _pause;
    private Task _publishing = Task.CompletedTask;

    public Traffic(TimeSpan pause)
    {
        _pause = pause;
    }

    public IReadOnlyList<string> Accepted => [.. _accepted];

    public IReadOnlyList<string> Handled => [.. _handled];

    /// <summary>Gets how many publishes were refused or not confirmed.</summary>
    public int Refused { get; private set; }

    public int Duplicates => _handled.Count - _handled.Distinct().Count();

    public IEnumerable<string> Lost => _accepted.Except(_handled);

    /// <summary>What a run counted, in one line.</summary>
    public string Report(TimeSpan resumed) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Accepted.Count} accepted, {Refused} refused: lost {Lost.Count()}, duplicated {Duplicates}, resumed after "
        + $"{resumed.TotalSeconds:0.0} s");

    public void Build(IRedisTriggersBuilder builder) => builder.AddHandler<Probe>((context, _) =>
    {
        _handled.Enqueue(context.Id);
        return default;
    });

    public Traffic Start(IEventBus bus)
    {
        _publishing = PublishAsync(bus);
        return this;
    }

    /// <summary>Waits until an event that is published from now on is handled.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> FlowsAsync()
    {
        var since = TimeProvider.System.GetTimestamp();
        var (accepted, handled) = (_accepted.Count, _handled.Count);
        await Wait.UntilAsync(
            () => _accepted.Count > accepted && _handled.Skip(handled).Intersect(_accepted.Skip(accepted)).Any(), "events flow");
        return TimeProvider.System.GetElapsedTime(since);
    }

    /// <summary>Publishes no more, and waits until everything is settled.</summary>
    public async Task EndAsync(IEventStore store)
    {
        await _stop.CancelAsync();
        await _publishing;
        await Wait.UntilAsync(async () => await store.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "everything is settled");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _publishing;
        _stop.Dispose();
    }

    private async Task PublishAsync(IEventBus bus)
    {
        for (var n = 0; !_stop.IsCancellationRequested; n++)
        {
            var id = $"p{n}-{Guid.NewGuid():N}";
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await bus.PublishAsync(new Probe($"{n}"), new PublishOptions { Id = id });
                    _accepted.Enqueue(id);
                    break;
                }
                catch (StoreUnavailableException)
                {
                    Refused++;
                    await Task.Delay(50, CancellationToken.None);
                }
            }

            await Task.Delay(_pause, CancellationToken.None);
        }
    }
}
