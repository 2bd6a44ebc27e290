using System.CommandLine;
using System.CommandLine.Invocation;
using EventTriggers.Tool.Output;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Tool;

/// <summary>Runs a command line, and turns what went wrong into a message and an exit code.</summary>
internal static class ToolProgram
{
    // Arguments such as @payload.json are files that a command reads itself.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var tree = new CommandTree(terminal);
        var parsed = tree.Root.Parse(args, Parsing);
        try
        {
            return parsed.Action is ParseErrorAction
                ? Refuse(parsed, tree, terminal)
                : await parsed.InvokeAsync(
                    new InvocationConfiguration
                    {
                        EnableDefaultExceptionHandler = false,
                        Output = terminal.Out,
                        Error = terminal.Error,
                    },
                    cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            var (code, message) = Explain(e);
            terminal.Error.WriteLine($"et: {ErrorText.Of(message, tree.Settings.SecretOf(parsed))}");
            return code;
        }
    }

    private static int Refuse(ParseResult parsed, CommandTree tree, Terminal terminal)
    {
        if (parsed.Tokens.Count == 0)
        {
            tree.Root.Parse("--help", Parsing).Invoke(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error });
            return ExitCode.Usage;
        }

        var command = string.Join(' ', Path(parsed.CommandResult.Command));
        foreach (var error in ErrorsOf(parsed))
        {
            terminal.Error.WriteLine($"et: {ErrorText.Of(error, tree.Settings.SecretOf(parsed))}");
        }

        terminal.Error.WriteLine($"et: '{command} --help' tells how to use it.");
        return ExitCode.Usage;
    }

    // If a word is not a command, it adds nothing that a command is missing.
    private static IEnumerable<string> ErrorsOf(ParseResult parsed)
    {
        var errors = parsed.Errors.Select(static error => error.Message).Distinct(StringComparer.Ordinal).ToArray();
        return errors.Length == 1 ? errors : errors.Where(static error => error != "Required command was not provided.");
    }

    private static IEnumerable<string> Path(Command command) =>
        [.. command.Parents.OfType<Command>().Take(1).SelectMany(Path), command.Name];

    // What the library throws says what was wrong in its message. Anything else is a mistake of the tool and is shown whole.
    private static (int Code, string Message) Explain(Exception exception) => exception switch
    {
        ToolException e => (e.ExitCode, e.Message),
        OptionsValidationException e => (ExitCode.Usage, string.Join(' ', e.Failures)),
        ArgumentException e => (ExitCode.Usage, WithoutParameter(e)),
        RedisException e => (ExitCode.Failed, $"Redis refused the call: {e.Message}"),
        StoreUnavailableException or IncompatibleStoreException or IncompleteResultException or IncompletePublishException
            or PublishBacklogFullException or TriggerConflictException or InvalidOperationException or NotSupportedException
            or IOException or UnauthorizedAccessException or TimeoutException or TimeZoneNotFoundException =>
            (ExitCode.Failed, exception.Message),
        _ => (ExitCode.Failed, $"This is a mistake in the tool: {exception}"),
    };

    private static string WithoutParameter(ArgumentException e) => e.ParamName is { } name
        ? e.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
        : e.Message;
}
