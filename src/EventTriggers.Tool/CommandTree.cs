using System.CommandLine;
using System.CommandLine.Help;
using EventTriggers.Tool.Commands;
using EventTriggers.Tool.Connecting;

namespace EventTriggers.Tool;

/// <summary>All commands of the tool.</summary>
internal sealed class CommandTree
{
    public CommandTree(Terminal terminal)
    {
        Settings = new ConnectionOptions(terminal);
        var set = new CommandSet(terminal, Settings);
        Root = new Command("et", "Operates EventTriggers: shows what is wrong, and changes what operators may change.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            set.JsonOption,
        };
        foreach (var option in Settings.All)
        {
            Root.Add(option);
        }

        foreach (var command in Create(set))
        {
            Root.Add(command);
        }

        Root.Add(ReferenceCommand.Create(this, terminal));
        RefuseUnknownOptions(Root);
    }

    public Command Root { get; }

    public ConnectionOptions Settings { get; }

    // The parser takes an option that it does not know for the value of an argument.
    private static void RefuseUnknownOptions(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(static result =>
            {
                if (result.Tokens.FirstOrDefault(static token => token.Value is ['-', '-', _, ..])?.Value is { } option)
                {
                    result.AddError($"Unrecognized command or argument '{option}'.");
                }
            });
        }

        foreach (var subcommand in command.Subcommands)
        {
            RefuseUnknownOptions(subcommand);
        }
    }

    private static Command[] Create(CommandSet set) =>
    [
        StatusCommand.Create(set), DoctorCommand.Create(set), GroupsCommand.Create(set), PauseCommand.Create(set),
        ResumeCommand.Create(set), ConcurrencyCommand.Create(set), UnsubscribeCommand.Create(set), RemoveCommand.Create(set),
        RatesCommand.Create(set),
        ConsumersCommand.Create(set), KeysCommand.Create(set), LimitsCommand.Create(set), AuditCommand.Create(set),
        DeliveriesCommand.Create(set), UnroutedCommand.Create(set),
        EventCommand.Create(set), RedriveCommand.Create(set), DiscardCommand.Create(set), CancelCommand.Create(set),
        OperationsCommand.Create(set), TriggersCommand.Create(set), TriggerCommand.Create(set), ExplainCommand.Create(set),
        PublishCommand.Create(set), TailCommand.Create(set), ExportCommand.Create(set), ImportCommand.Create(set),
        DashboardCommand.Create(set),
    ];
}
