using System.CommandLine;
using EventTriggers.Tool.Connecting;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool;

/// <summary>Makes commands that run on a bus.</summary>
internal sealed class CommandSet(Terminal terminal, ConnectionOptions settings)
{
    private readonly Option<bool> _yes = Options.Flag("--yes", "Does it without asking.");

    public Terminal Terminal => terminal;

    public Option<bool> JsonOption { get; } = new("--json")
    {
        Description = "Writes one JSON document to the standard output, and nothing else.",
        Recursive = true,
    };

    /// <summary>Lets a command read a bus that must exist.</summary>
    public Command Reads(Command command, Func<BusCall, Task<int>> run) => Runs(command, asks: false, call =>
    {
        call.RequireBus();
        return run(call);
    });

    /// <summary>Lets a command change a bus that must exist; it asks before.</summary>
    public Command Changes(Command command, Func<BusCall, Task<int>> run) => Runs(command, asks: true, call =>
    {
        call.RequireBus();
        return run(call);
    });

    /// <summary>Lets a command add to a bus, or make one; it asks before.</summary>
    public Command Adds(Command command, Func<BusCall, Task<int>> run) => Runs(command, asks: true, call =>
    {
        call.RequireBusOrPartitions();
        return run(call);
    });

    /// <summary>Lets a command look at a server, whether there is a bus or not.</summary>
    public Command Examines(Command command, Func<BusCall, Task<int>> run) => Runs(command, asks: false, run);

    private Command Runs(Command command, bool asks, Func<BusCall, Task<int>> run)
    {
        if (asks)
        {
            command.Add(_yes);
        }

        command.SetAction(async (parsed, token) =>
        {
            await using var bus = await Bus.OpenAsync(settings.Read(parsed), terminal.Time, token);
            var isYes = asks && parsed.GetValue(_yes);
            return await run(new BusCall(terminal, parsed, bus, parsed.GetValue(JsonOption), isYes, token));
        });
        return command;
    }
}
