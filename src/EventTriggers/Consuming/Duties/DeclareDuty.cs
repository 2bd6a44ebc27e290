using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Stores the triggers that the host declared and that live in one partition: once, and again when a store has lost its data. It runs
/// beside the claims, and never before them: what fails is tried again, and does not keep the process from consuming.
/// </summary>
internal sealed class DeclareDuty(TriggerWriter writer, IReadOnlyCollection<TriggerDefinition> triggers, Signal signal, ILogger logger)
{
    // A trigger that waits for events is registered in every partition: a partition whose server is away must not hold up the next trigger
    // for long.
    private const int MaxAtATime = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TriggerDefinition, bool> _reported = new();
    private volatile bool _isDue = true;

    /// <summary>Gets the ids of the triggers that could not be stored.</summary>
    public IEnumerable<string> Failed => _reported.Keys.Select(static definition => definition.Id!);

    /// <summary>Stores all triggers again.</summary>
    public void Repeat()
    {
        _isDue = true;
        signal.Set();
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_isDue)
            {
                await RunOnceAsync(stoppingToken).ConfigureAwait(false);
            }

            pause = _isDue ? pause * 2 : FirstPause;
            await signal.WaitAsync(pause < MaxPause ? pause : MaxPause, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Stores all triggers. What fails is due again.</summary>
    public async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        _isDue = false;
        using var slots = new SemaphoreSlim(MaxAtATime);
        await Task.WhenAll(triggers.Select(async definition =>
        {
            await slots.WaitAsync(stoppingToken).ConfigureAwait(false);
            await DeclareAsync(definition, stoppingToken).ConfigureAwait(false);
            slots.Release();
        })).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task DeclareAsync(TriggerDefinition definition, CancellationToken stoppingToken)
    {
        try
        {
            await writer.DeclareAsync(definition).AsTask().WaitAsync(stoppingToken).ConfigureAwait(false);
            _reported.TryRemove(definition, out _);
        }
        catch (Exception e) when (e is StoreUnavailableException or ForeignKeyException)
        {
            Report(definition, e);
            _isDue = true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // One trigger's edge: it has ended, or something else has written into its hash. A process that starts late must start all the
            // same.
            Report(definition, e);
        }
    }

    // Once, when it begins: while a server is away the duty runs again and again.
    private void Report(TriggerDefinition definition, Exception why)
    {
        if (_reported.TryAdd(definition, true))
        {
            logger.TriggerNotDeclared(definition.Id!, Failures.MessageOf(why));
        }
    }
}
