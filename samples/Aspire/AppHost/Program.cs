var builder = DistributedApplication.CreateBuilder(args);

// Events outlive a restart of the container: its data is in a volume, and saved every second.
var cache = builder.AddRedis("cache").WithDataVolume().WithPersistence(TimeSpan.FromSeconds(1));
var audit = builder.AddRedis("audit").WithDataVolume().WithPersistence(TimeSpan.FromSeconds(1));

// Without WaitFor: the service starts although a Redis is away, and is ready when both are there.
builder.AddProject<Projects.Orders>("orders")
    .WithReference(cache)
    .WithReference(audit)
    .WithHttpHealthCheck("/health/ready");

builder.Build().Run();
