module writer

go 1.26
