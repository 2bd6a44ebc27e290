using System.CommandLine;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

/// <summary>The hidden command that writes the reference of docs/tool.md.</summary>
internal static class ReferenceCommand
{
    public static Command Create(CommandTree tree, Terminal terminal)
    {
        var command = new Command("reference", "Writes the reference of all commands as Markdown.") { Hidden = true };
        command.SetAction(_ => terminal.Out.Write(Reference.Write(tree.Root)));
        return command;
    }
}
