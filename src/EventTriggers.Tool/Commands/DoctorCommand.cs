using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Examining;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class DoctorCommand
{
    public static Command Create(CommandSet set) => set.Examines(
        new Command(
            "doctor",
            "Examines the connection, the server, its settings, the rights of the user, clocks, memory, and what is stuck. Ends with 3 if "
            + "something is wrong."),
        RunAsync);

    private static async Task<int> RunAsync(BusCall call)
    {
        List<Check> checks = [];
        await foreach (var check in Doctor.ExamineAsync(call))
        {
            checks.Add(check);
            if (!call.IsJson)
            {
                Write(call.Screen, check);
            }
        }

        var isHealthy = checks.TrueForAll(static check => check.Level < Level.Warning);
        var code = call.Bus.Meta is null ? ExitCode.NotFound : isHealthy ? ExitCode.Done : ExitCode.Trouble;
        if (call.IsJson)
        {
            return call.Json(
                new DoctorDocument
                {
                    At = call.Bus.Now,
                    Server = call.Bus.Settings.Address,
                    Prefix = call.Bus.Settings.Prefix,
                    IsHealthy = isHealthy,
                    Checks = checks,
                },
                ToolJson.Default.DoctorDocument, code);
        }

        call.Screen.Line();
        call.Screen.Line(isHealthy
            ? new Piece("Nothing is wrong.", Style.Good)
            : new Piece(
                $"{Words.Count(checks.Count(static check => check.Level >= Level.Warning), "thing is", "things are")} wrong.", Style.Bad));
        return code;
    }

    private static void Write(Screen screen, Check check)
    {
        screen.Line(FindingList.Mark(check.Level), new Piece($"{check.Name,-13}", Style.Bold), check.Text);
        if (check.Advice is { } advice)
        {
            screen.Line(new Piece($"{string.Empty,21}{advice}", Style.Dim));
        }
    }
}
