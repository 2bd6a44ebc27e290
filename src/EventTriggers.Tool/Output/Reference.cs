using System.CommandLine;
using System.Text;

namespace EventTriggers.Tool.Output;

/// <summary>Writes the reference of the commands, from the commands themselves.</summary>
internal static class Reference
{
    public static string Write(Command root)
    {
        var text = new StringBuilder();
        text.Append("## Options of every command\n\n");
        WriteTable(
            text, "option",
            root.Options.Where(static option => !option.Hidden).Select(static option => (NameOf(option), option.Description)));
        text.Append("\n## Commands\n\n");
        WriteTable(
            text, "command",
            Commands(root).Select(static one => ($"[`{one.Name}`](#{one.Name.Replace(' ', '-')})", one.Command.Description)));
        foreach (var (name, command) in Commands(root))
        {
            WriteCommand(text, name, command);
        }

        return text.ToString();
    }

    private static IEnumerable<(string Name, Command Command)> Commands(Command root) => root.Subcommands
        .Where(static command => !command.Hidden)
        .SelectMany(static command =>
            ((string, Command)[])[(command.Name, command), .. command.Subcommands.Select(sub => ($"{command.Name} {sub.Name}", sub))]);

    private static void WriteCommand(StringBuilder text, string name, Command command)
    {
        var arguments = string.Concat(command.Arguments.Select(static argument =>
            argument.Arity.MinimumNumberOfValues == 0 ? $" [{Upper(argument)}]" : $" {Upper(argument)}"));
        var options = command.Options.Count > 0 ? " [options]" : string.Empty;
        text.Append($"\n### {name}\n\n```\net {name}{arguments}{options}\n```\n\n{command.Description}\n");
        if (command.Arguments.Count + command.Options.Count > 0)
        {
            text.Append('\n');
            WriteTable(
                text, "argument or option",
                command.Arguments.Select(static argument => ($"`{Upper(argument)}`", argument.Description))
                    .Concat(command.Options.Select(static option => (NameOf(option), option.Description))));
        }
    }

    private static void WriteTable(StringBuilder text, string heading, IEnumerable<(string Name, string? Description)> rows)
    {
        text.Append($"| {heading} | |\n|---|---|\n");
        foreach (var (name, description) in rows)
        {
            text.Append($"| {name} | {Cell(description ?? string.Empty)} |\n");
        }
    }

    private static string NameOf(Option option)
    {
        var names = option.Aliases.Where(static alias => alias is "-h").Prepend(option.Name);
        return $"`{string.Join("`, `", names)}{(option.HelpName is { } help ? $" <{Cell(help)}>" : string.Empty)}`";
    }

    private static string Upper(Argument argument) => argument.Name.ToUpperInvariant();

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
