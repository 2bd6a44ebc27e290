using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>Stores the triggers that the host declared. One that is stored already and is the same is left alone.</summary>
internal sealed class DeclareDuty(TriggerWriter writer, IReadOnlyCollection<DeclaredTrigger> triggers, TimeProvider timeProvider, ILogger logger)
{
    public async ValueTask RunOnceAsync()
    {
        foreach (var definition in triggers.Select(static declared => declared.Trigger.Definition))
        {
            if (definition.Last is { } last && last < timeProvider.GetUtcNow())
            {
                logger.TriggerNotDeclared(definition.Id!.Value, $"its time was over at {last:u}.");
                continue;
            }

            await writer.DeclareAsync(definition).ConfigureAwait(false);
        }
    }
}
