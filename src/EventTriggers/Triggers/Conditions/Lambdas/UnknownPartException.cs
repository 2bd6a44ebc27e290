namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The reason why a pattern cannot express a part of a lambda. The caller that knows the part adds it to the message.</summary>
internal sealed class UnknownPartException(string message, Exception? innerException = null) : Exception(message, innerException);
