using System.Globalization;
using EventTriggers.Benchmarks;
using EventTriggers.Benchmarks.Figures;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
IFigure[] figures =
[
    new Limit(), Publish.Many(), Publish.One(), new Drain(), new Steady(), new Latency(), new Timers(), new Herd(), new Idle(),
    new Groups(), new Batches(), new Keys(), new Priorities(),
    new Memory(), new Partitions(),
    new Allocations(), new Telemetry(), new Scale(), new Recurring(), new Match(), new Dearest(), new Patterns(),
    new Growth(isMost: false), new Growth(isMost: true),
];
if (args is [Scale.Consume or Scale.ConsumeBare, var connection, var prefix])
{
    await (args[0] == Scale.Consume ? Scale.ConsumeAsync(connection, prefix) : Scale.ConsumeBareAsync(connection, prefix));
    return 0;
}

Arguments arguments;
try
{
    arguments = Arguments.Parse(args, [.. figures.Select(static figure => figure.Name), Micro.Name, Aims.Name]);
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

foreach (var name in arguments.Names)
{
    if (name == Micro.Name)
    {
        Micro.Run();
        continue;
    }

    if (name == Aims.Name)
    {
        var all = new List<Sample>();
        foreach (var needed in Aims.Figures)
        {
            all.AddRange(await MeasureAsync(needed));
        }

        // Once more, on three masters.
        Environment.SetEnvironmentVariable("EVENTTRIGGERS_TEST_SERVER", "cluster");
        all.AddRange(await MeasureAsync(Aims.OnACluster));
        Aims.Print(all);
        continue;
    }

    Report.Print(await MeasureAsync(name), arguments.IsJson);
}

return 0;

async Task<List<Sample>> MeasureAsync(string name)
{
    var figure = figures.Single(figure => figure.Name == name);
    var samples = new List<Sample>();
    if (figure.WarmsUp)
    {
        await using var server = await Server.StartAsync(arguments.Redis, arguments.IsCompact);
        await figure.MeasureAsync(server, arguments.Events / 5);
    }

    for (var round = 0; round < figure.Rounds; round++)
    {
        await using var server = await Server.StartAsync(arguments.Redis, arguments.IsCompact);
        samples.AddRange(await figure.MeasureAsync(server, arguments.Events));
    }

    return samples;
}
