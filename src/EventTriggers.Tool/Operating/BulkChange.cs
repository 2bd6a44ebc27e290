using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Operating;

/// <summary>Begins a bulk operation, and shows how far it comes.</summary>
internal sealed class BulkChange
{
    private const int MostPerSecond = 1_000_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private readonly Option<int?> _rate = Options.Number("--rate", 1, MostPerSecond, "Changes at most this many in a second.");
    private readonly Option<bool> _all = Options.Flag("--all", "Changes all there are, where neither an id nor a filter is given.");
    private readonly Option<bool> _detach = Options.Flag("--detach", "Begins the operation and does not wait for its end.");

    public void AddTo(Command command)
    {
        command.Add(_all);
        command.Add(_rate);
        command.Add(_detach);
    }

    /// <summary>Refuses a command line that says neither what to change nor that all is meant.</summary>
    /// <exception cref="ToolException">Nothing is said, or too much.</exception>
    public void Check(BusCall call, bool hasId, bool isNarrowed)
    {
        var isAll = call.Get(_all);
        if (hasId && (isAll || isNarrowed || call.Get(_rate) is not null || call.Get(_detach)))
        {
            throw new ToolException(
                ExitCode.Usage, "With an id, --all, --rate, --detach and filters have no meaning: leave them or the id out.");
        }

        if (!hasId && isAll == isNarrowed)
        {
            throw new ToolException(
                ExitCode.Usage, isAll ? "--all and filters exclude each other." : "Say what to change: an id, a filter, or --all.");
        }
    }

    /// <param name="call">The call.</param>
    /// <param name="action">The action, such as <c>redrive</c>.</param>
    /// <param name="what">What is changed, such as <c>dead letters of group billing</c>.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="begin">Begins the operation.</param>
    public async Task<int> RunAsync(
        BusCall call, string action, string what, CountedItems count, Func<BulkOptions, CancellationToken, ValueTask<string>> begin)
    {
        if (count is { Number: 0, IsExact: true })
        {
            return Report(call, action, count, operation: null, $"Nothing to do: there are no {what}.");
        }

        var rate = call.Get(_rate);
        var speed = rate is { } limit ? $", at most {Words.Number(limit)} a second" : string.Empty;
        await call.ConfirmAsync($"{Words.Begin(action)} {count} {what}{speed}?");
        var id = await begin(new BulkOptions { By = call.Terminal.User, RatePerSecond = rate }, call.Token);
        await call.AuditAsync($"{action} in bulk", what, "Begun", $"operation {id}");
        var consumers = await call.Bus.Groups.ListConsumersAsync(call.Token);
        var operation = call.Get(_detach) || consumers.Count == 0
            ? await call.Bus.Operations.FindAsync(id, call.Token)
            : await WaitAsync(call, action, id, count);
        return Report(call, action, count, operation, Sentence(action, id, operation, consumers.Count));
    }

    private static async Task<OperationRecord?> WaitAsync(BusCall call, string action, string id, CountedItems count)
    {
        using var progress = new Progress(call.Terminal);
        try
        {
            while (true)
            {
                var operation = await call.Bus.Operations.FindAsync(id, call.Token);
                if (operation is not { Status: BulkOperationStatus.Running })
                {
                    return operation;
                }

                progress.Show($"{action}: {Words.Number(operation.Changed)} of {count} …");
                await Task.Delay(LookInterval, call.Terminal.Time, call.Token);
            }
        }
        catch (OperationCanceledException)
        {
            progress.Dispose();
            call.Terminal.Error.WriteLine($"et: The operation goes on in the consumers. To stop it: et operations stop {id}");
            throw;
        }
    }

    private static string Sentence(string action, string id, OperationRecord? operation, int consumers) => operation switch
    {
        null => $"The operation {id} is not known any more.",
        { Status: BulkOperationStatus.Running } when consumers == 0 =>
            $"The operation {id} is stored. No consumer runs now; the first that does advances it.",
        { Status: BulkOperationStatus.Running } => $"The operation {id} runs. How far it is: et operations {id}",
        { Status: BulkOperationStatus.Stopped } =>
            $"The operation {id} was stopped by someone. Until then it changed {Words.Number(operation.Changed)} ({action}).",
        _ => $"Done ({action}): {Words.Number(operation.Changed)} changed, {Words.Number(operation.Examined)} looked at "
            + $"(operation {id}).",
    };

    private static int Report(BusCall call, string action, CountedItems count, OperationRecord? operation, string text)
    {
        var code = operation is { Status: BulkOperationStatus.Stopped } ? ExitCode.Failed : ExitCode.Done;
        if (call.IsJson)
        {
            return call.Json(
                new BulkDocument { Action = action, Matching = count.Number, IsExact = count.IsExact, Operation = operation, Text = text },
                ToolJson.Default.BulkDocument, code);
        }

        call.Screen.Line(text);
        return code;
    }
}
