using System.CommandLine;
using System.Text.Json;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;
using EventTriggers.Tool.Transfer;

namespace EventTriggers.Tool.Commands;

internal static class ExportCommand
{
    public static Command Create(CommandSet set)
    {
        var filters = new TriggerFilters();
        var file = Options.Text("--file", "file", "Writes to this file, which must not exist. Default: the standard output.");
        var command = new Command(
            "export", "Writes triggers as JSON, for 'et import': all that have not ended, or those that filters select.") { file };
        filters.AddTo(command);
        return set.Reads(command, call => RunAsync(call, filters.ToQuery(call), call.Get(file)));
    }

    private static async Task<int> RunAsync(BusCall call, TriggerQuery query, string? path)
    {
        List<StoredTrigger> triggers = [];
        List<string> refusals = [];
        using (var progress = new Progress(call.Terminal))
        {
            await foreach (var trigger in call.Bus.Triggers.QueryAsync(query, call.Token))
            {
                if (query.Status is null && trigger.Status is TriggerStatus.Completed or TriggerStatus.Canceled)
                {
                    continue;
                }

                Add(trigger, triggers, refusals);
                progress.Show($"{Words.Number(triggers.Count)} triggers …");
            }
        }

        await WriteAsync(call, path, triggers);
        foreach (var refusal in refusals)
        {
            call.Terminal.Error.WriteLine($"et: {SafeText.Escape(refusal)}");
        }

        return refusals.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Add(TriggerRecord trigger, List<StoredTrigger> triggers, List<string> refusals)
    {
        try
        {
            triggers.Add(TriggerWriter.Write(trigger));
        }
        catch (ToolException e)
        {
            // The others are written, and the exit code says that not all were.
            refusals.Add(e.Message);
        }
    }

    private static async Task WriteAsync(BusCall call, string? path, List<StoredTrigger> triggers)
    {
        var json = JsonSerializer.Serialize(
            new TriggerFile
            {
                Format = TriggerFile.Name,
                Version = TriggerFile.CurrentVersion,
                ExportedAt = call.Bus.Now,
                Prefix = call.Bus.Settings.Prefix,
                Triggers = triggers,
            },
            ToolJson.Default.TriggerFile);
        if (path is null)
        {
            call.Terminal.Out.WriteLine(json);
            return;
        }

        await using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await using var writer = new StreamWriter(stream);
        await writer.WriteLineAsync(json.AsMemory(), call.Token);
        call.Terminal.Error.WriteLine($"{Words.Count(triggers.Count, "trigger", "triggers")} written to {SafeText.Escape(path)}");
    }
}
