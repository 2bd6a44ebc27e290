using System.CommandLine;
using System.Text;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;
using EventTriggers.Tool.Transfer;

namespace EventTriggers.Tool.Commands;

internal static class ImportCommand
{
    // Of ids in the audit list.
    private const int MostAudited = 1000;

    public static Command Create(CommandSet set)
    {
        var file = new Argument<string>("file") { Description = "The file that 'et export' wrote; - for the standard input (with --yes)." };
        var keep = Options.Flag("--keep", "Leaves triggers alone whose ids exist.");
        var replace = Options.Flag("--replace", "Replaces triggers whose ids exist.");
        var dryRun = Options.Flag("--dry-run", "Checks the file and says what would be stored.");
        return set.Adds(
            new Command("import", "Stores triggers that 'et export' wrote. All are checked before the first is stored.")
            {
                file, keep, replace, dryRun,
            },
            async call =>
            {
                if (call.Get(keep) && call.Get(replace))
                {
                    throw new ToolException(ExitCode.Usage, "--keep and --replace exclude each other: give one of them.");
                }

                var conflict = call.Get(keep) ? OnConflict.Keep : call.Get(replace) ? OnConflict.Replace : OnConflict.Throw;
                return await RunAsync(call, await ReadAsync(call, call.Get(file)!), conflict, call.Get(dryRun));
            });
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(BusCall call, string file) => file == "-"
        ? Encoding.UTF8.GetBytes(await call.Terminal.In.ReadToEndAsync(call.Token))
        : await PayloadSource.ReadFileAsync(file, call.Token);

    private static async Task<int> RunAsync(BusCall call, ReadOnlyMemory<byte> json, OnConflict conflict, bool isDryRun)
    {
        var plan = await ImportPlan.MakeAsync(call, TriggerFileReader.Read(json), conflict);
        if (isDryRun)
        {
            return Report(call, plan, plan.ToStore, isDryRun);
        }

        if (plan.ToStore.Count > 0)
        {
            await call.ConfirmAsync(
                $"Store {Words.Count(plan.ToStore.Count, "trigger", "triggers")} in bus {call.Bus.Settings.Prefix} at "
                + $"{call.Bus.Settings.Address}{(conflict == OnConflict.Replace ? ", replacing those that exist" : string.Empty)}?");
            await StoreAsync(call, plan, conflict);
            var ids = string.Join(' ', ImportPlan.Ids(plan.ToStore));
            await call.AuditAsync(
                "import triggers", Words.Count(plan.ToStore.Count, "trigger", "triggers"), "Stored",
                ids[..Math.Min(MostAudited, ids.Length)]);
        }

        return Report(call, plan, plan.ToStore, isDryRun);
    }

    private static async Task StoreAsync(BusCall call, ImportPlan plan, OnConflict conflict)
    {
        using var progress = new Progress(call.Terminal);
        for (var at = 0; at < plan.ToStore.Count; at++)
        {
            try
            {
                await ImportPlan.StoreAsync(call, plan.ToStore[at], conflict);
            }
            catch (Exception e)
            {
                progress.Dispose();
                TellHowFar(call, plan.ToStore, at);
                throw e is ArgumentException ? new ToolException(ExitCode.Failed, e.Message, e) : e;
            }

            progress.Show($"{Words.Number(at + 1)} of {Words.Number(plan.ToStore.Count)} triggers …");
        }
    }

    private static void TellHowFar(BusCall call, IReadOnlyList<StoredTrigger> triggers, int at)
    {
        var left = string.Join(", ", ImportPlan.Ids(triggers).Skip(at + 1).DefaultIfEmpty("none further"));
        call.Terminal.Error.WriteLine(SafeText.Escape(
            $"et: {Words.Number(at)} of {Words.Number(triggers.Count)} triggers were stored. It failed at '{triggers[at].Id}', which may "
            + $"be stored. Not stored: {left}. To store the rest, import the file again with --keep."));
    }

    private static int Report(BusCall call, ImportPlan plan, IReadOnlyList<StoredTrigger> stored, bool isDryRun)
    {
        if (call.IsJson)
        {
            return call.Json(
                new ImportDocument
                {
                    IsDryRun = isDryRun,
                    Stored = ImportPlan.Ids(stored),
                    Kept = ImportPlan.Ids(plan.Kept),
                    Ended = ImportPlan.Ids(plan.Ended),
                },
                ToolJson.Default.ImportDocument);
        }

        call.Screen.Line($"{Words.Count(stored.Count, "trigger", "triggers")} {(isDryRun ? "would be stored" : "stored")}.");
        Tell(call, ImportPlan.Ids(plan.Kept), "left alone, because they exist");
        Tell(call, ImportPlan.Ids(plan.Ended), "left out, because they had ended");
        return ExitCode.Done;
    }

    private static void Tell(BusCall call, IReadOnlyList<string> ids, string what)
    {
        if (ids.Count > 0)
        {
            call.Screen.Line($"{Words.Count(ids.Count, "trigger", "triggers")} {what}: {string.Join(", ", ids)}");
        }
    }
}
