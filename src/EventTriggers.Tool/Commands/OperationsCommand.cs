using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class OperationsCommand
{
    public static Command Create(CommandSet set)
    {
        var id = new Argument<string?>("id") 
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The operation to show. Default: the last 200.",
        };
        var command = set.Reads(
            new Command("operations", "Shows bulk operations, newest first, or one of them.") { id }, call => RunAsync(call, call.Get(id)));
        var stopped = new Argument<string>("id") { Description = "The operation." };
        command.Add(set.Changes(
            new Command("stop", "Stops a bulk operation. What it has changed stays changed.") { stopped },
            call => StopAsync(call, call.Get(stopped)!)));
        return command;
    }

    private static async Task<int> RunAsync(BusCall call, string? id)
    {
        IReadOnlyList<OperationRecord> operations = id is null
            ? await call.Bus.Operations.ListAsync(call.Token)
            : [await FindAsync(call, id)];
        if (call.IsJson)
        {
            return call.Json(new OperationsDocument { Operations = operations }, ToolJson.Default.OperationsDocument);
        }

        if (operations.Count == 0)
        {
            call.Screen.Line("No bulk operation has run within the last seven days.");
            return ExitCode.Done;
        }

        Write(call, operations);
        return ExitCode.Done;
    }

    private static void Write(BusCall call, IReadOnlyList<OperationRecord> operations)
    {
        var table = new Table(
            new Column("ID"), new("WHAT"), new("STATUS"), new("CHANGED", true), new("LOOKED AT", true), new("BEGAN", true),
            new("TOOK", true, IsOptional: true), new("BY", Narrowest: 8, IsOptional: true), new("QUERY", Narrowest: 12, IsOptional: true));
        foreach (var one in operations)
        {
            table.Add(
                one.Id, Words.Of(one.Kind), Words.Of(one.Status), Words.Number(one.Changed), Words.Number(one.Examined),
                Words.Distance(one.StartedAt, call.Bus.Now), one.EndedAt is { } end ? Words.Length(end - one.StartedAt) : "-",
                one.By ?? "-", one.Query);
        }

        table.WriteTo(call.Screen);
    }

    private static async Task<int> StopAsync(BusCall call, string id)
    {
        var operation = await FindAsync(call, id);
        await call.ConfirmAsync(
            $"Stop operation '{id}' ({Words.Of(operation.Kind)}, {Words.Number(operation.Changed)} changed so far)?");
        return await call.ReportAsync(Change.Of(await call.Bus.Operations.StopAsync(id, call.Token)), "stop operation", id);
    }

    private static async Task<OperationRecord> FindAsync(BusCall call, string id) =>
        await call.Bus.Operations.FindAsync(id, call.Token) ?? throw new ToolException(
            ExitCode.NotFound, $"There is no operation '{id}': it never existed, or ended more than seven days ago.");
}
