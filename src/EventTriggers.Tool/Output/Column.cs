namespace EventTriggers.Tool.Output;

/// <summary>A column of a table.</summary>
/// <param name="Name">What stands above it.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
/// <param name="Narrowest">The columns that stay if the table is too wide; 0 where it is never shortened.</param>
/// <param name="IsOptional">Whether it is left out if the table is too wide even then.</param>
internal readonly record struct Column(string Name, bool IsNumber = false, int Narrowest = 0, bool IsOptional = false);
