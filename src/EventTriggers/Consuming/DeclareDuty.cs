using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>Stores the triggers that the host declared: once, and again when the store has lost its data.</summary>
internal sealed class DeclareDuty(TriggerWriter writer, IReadOnlyCollection<DeclaredTrigger> triggers, ILogger logger)
{
    private int _isDue = 1;

    /// <summary>Lets the next run store them again.</summary>
    public void Repeat() => Volatile.Write(ref _isDue, 1);

    /// <summary>Stores them, if that is to be done. What fails is tried again by the next run, and keeps nobody from consuming.</summary>
    public async ValueTask RunOnceAsync()
    {
        if (Interlocked.Exchange(ref _isDue, 0) == 0)
        {
            return;
        }

        foreach (var definition in triggers.Select(static declared => declared.Trigger.Definition))
        {
            try
            {
                await writer.DeclareAsync(definition).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e)
            {
                logger.TriggerNotDeclared(definition.Id!.Value, e.Message);
                Repeat();
            }
            catch (Exception e)
            {
                // One trigger's edge: it is over, or something else has written into what is stored of it. A process that starts late must start all the same.
                logger.TriggerNotDeclared(definition.Id!.Value, e.Message);
            }
        }
    }
}
