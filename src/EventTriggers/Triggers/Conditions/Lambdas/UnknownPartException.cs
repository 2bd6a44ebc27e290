namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A part of a lambda asks about what no pattern says; who knows the part refuses it with this reason.</summary>
internal sealed class UnknownPartException(string message, Exception? innerException = null) : Exception(message, innerException);
