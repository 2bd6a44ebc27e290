using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Tool.Connecting;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool;

/// <summary>One run of a command on a bus.</summary>
internal sealed class BusCall(Terminal terminal, ParseResult parsed, Bus bus, bool isJson, bool isYes, CancellationToken cancellationToken)
{
    public Terminal Terminal { get; } = terminal;

    public Bus Bus { get; } = bus;

    public Screen Screen { get; } = new(terminal);

    public bool IsJson { get; } = isJson;

    public CancellationToken Token { get; } = cancellationToken;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Writes the one document that a command answers with.</summary>
    public int Json<T>(T document, JsonTypeInfo<T> type, int exitCode = ExitCode.Done)
    {
        Terminal.Out.WriteLine(JsonSerializer.Serialize(document, type));
        return exitCode;
    }

    /// <summary>Asks before something is changed.</summary>
    /// <exception cref="ToolException">The answer is no, or there is no one to ask.</exception>
    public async Task ConfirmAsync(string question)
    {
        if (isYes)
        {
            return;
        }

        var shown = SafeText.Escape(question);
        if (!Terminal.CanAsk)
        {
            throw new ToolException(
                ExitCode.Usage, $"{shown} Nothing was changed: there is no terminal to ask at. With --yes it is done without a question.");
        }

        Terminal.Error.Write($"{shown} [y/N] ");
        Terminal.Error.Flush();
        var answer = await Task.Run(Terminal.In.ReadLine, CancellationToken.None).WaitAsync(Token);
        if (answer?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new ToolException(ExitCode.Failed, "Nothing was changed.");
        }
    }

    /// <summary>Tells what became of a change, and keeps it for others to see.</summary>
    public async Task<int> ReportAsync(Change change, string action, string target, string? details = null)
    {
        await AuditAsync(action, target, change.Outcome, details);
        return change.Report(this, action, target);
    }

    /// <summary>Keeps for others to see what was done.</summary>
    public async Task AuditAsync(string action, string target, string outcome, string? details)
    {
        try
        {
            // Not withdrawn by Ctrl+C: the change has happened.
            await Bus.Audit.AddAsync(
                new AuditEntry { Action = action, Target = target, By = Terminal.User, Outcome = outcome, Details = details },
                CancellationToken.None);
        }
        catch (Exception e) when (e is StoreUnavailableException or InvalidOperationException)
        {
            Terminal.Error.WriteLine($"et: What was done is missing in the audit list. {ErrorText.Of(e.Message, secret: null)}");
        }
    }

    /// <summary>Refuses the command if the prefix has no bus.</summary>
    /// <exception cref="ToolException">Nothing is stored under the prefix.</exception>
    public void RequireBus()
    {
        if (Bus.Meta is null)
        {
            throw new ToolException(
                ExitCode.NotFound,
                $"There is no bus with the prefix '{Bus.Settings.Prefix}' at {Bus.Settings.Address}. Say which one with --prefix.");
        }
    }

    /// <summary>Refuses to make a bus unless the command line says how.</summary>
    /// <exception cref="ToolException">Nothing is stored under the prefix, and the number of partitions is not given.</exception>
    public void RequireBusOrPartitions()
    {
        if (Bus.Meta is null && Bus.Settings.Partitions is null)
        {
            throw new ToolException(
                ExitCode.NotFound,
                $"There is no bus with the prefix '{Bus.Settings.Prefix}' at {Bus.Settings.Address}. Say which one with --prefix; "
                + "to make a new one, say with --partitions how many partitions its hosts have.");
        }
    }
}
