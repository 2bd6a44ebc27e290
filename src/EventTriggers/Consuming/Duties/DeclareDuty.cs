using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Stores the triggers that the host declared and that live in one partition: once, and again when a store has lost its data. It runs beside the claims, and never before them: what fails
/// is tried again, and keeps nobody from consuming.
/// </summary>
internal sealed class DeclareDuty(TriggerWriter writer, IReadOnlyCollection<TriggerDefinition> triggers, Signal signal, ILogger logger)
{
    // A trigger that waits for events is told to every partition: one whose server is away must not hold up the next trigger for long.
    private const int AtATime = 8;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TriggerDefinition, bool> _isTold = new();
    private volatile bool _isDue = true;

    /// <summary>Stores all of them again.</summary>
    public void Repeat()
    {
        _isDue = true;
        signal.Set();
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var pause = First;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_isDue)
            {
                await RunOnceAsync(stoppingToken).ConfigureAwait(false);
            }

            pause = _isDue ? pause * 2 : First;
            await signal.WaitAsync(pause < Longest ? pause : Longest, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stores all of them. What fails is due again.</summary>
    public async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        _isDue = false;
        using var places = new SemaphoreSlim(AtATime);
        await Task.WhenAll(triggers.Select(async definition =>
        {
            await places.WaitAsync(stoppingToken).ConfigureAwait(false);
            await DeclareAsync(definition, stoppingToken).ConfigureAwait(false);
            places.Release();
        })).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DeclareAsync(TriggerDefinition definition, CancellationToken stoppingToken)
    {
        try
        {
            await writer.DeclareAsync(definition).AsTask().WaitAsync(stoppingToken).ConfigureAwait(false);
            _isTold.TryRemove(definition, out _);
        }
        catch (Exception e) when (e is StoreUnavailableException or ForeignKeyException)
        {
            Tell(definition, e);
            _isDue = true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // One trigger's edge: it is over, or something else has written into what is stored of it. A process that starts late must start all the same.
            Tell(definition, e);
        }
    }

    // When it begins: while a server is away this is tried again and again.
    private void Tell(TriggerDefinition definition, Exception why)
    {
        if (_isTold.TryAdd(definition, true))
        {
            logger.TriggerNotDeclared(definition.Id!, Failures.MessageOf(why));
        }
    }
}
